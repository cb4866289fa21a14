"""Why an order is held, in Danish: for each reason what is the matter, and what to do."""

from __future__ import annotations

from typing import Final

TEXTS: Final = {
    "hold.unknown": "Ordren kan ikke overføres af sig selv. Bogfør den i hånden i Dinero.",
    "hold.BooksDiffer": "Bilaget i Dinero passer ikke til ordren. Ret bilaget i Dinero.",
    "hold.ChangedAfterBooking": "Ordren er ændret, efter at fakturaen blev bogført. Ret det med en kreditnota i Dinero.",
    "hold.CountryUnknown": "Leveringslandet kan ikke læses. Ret landet på ordren i Shoporama.",
    "hold.CreditNeeded": "Ordren skal krediteres. Lav kreditnotaen i Dinero.",
    "hold.CurrencyUnsupported": "Ordren er i en anden valuta end danske kroner. Bogfør den i hånden i Dinero.",
    "hold.DestinationNotConfigured": "Ordren skal leveres til et sted, der ikke er valgt en omsætningskonto for. Bogfør den i hånden, eller spørg dem, der driver systemet.",
    "hold.DiscountRefused": "Dinero tager ikke imod rabatten som en linje for sig. Rabatten kan i stedet fordeles på varerne; spørg dem, der driver systemet.",
    "hold.DocumentRejected": "Dinero afviser noget på ordren. Ret ordren i Shoporama.",
    "hold.DraftDeleted": "Kladden er slettet i Dinero. Bogfør ordren i hånden, hvis den stadig skal bogføres.",
    "hold.EmailMissing": "Ordren mangler en gyldig e-mailadresse, som kontakten i Dinero oprettes med. Skriv den på ordren i Shoporama.",
    "hold.GiftCard": "Ordren er betalt med gavekort. Et gavekort er en betaling og ikke en rabat. Bogfør ordren i hånden i Dinero.",
    "hold.LateOrder": "Ordren hører til en tidligere måned. Spørg jeres revisor, hvilken dato den skal bogføres på.",
    "hold.NoAccountingYear": "Der er intet regnskabsår i Dinero for ordrens dato. Opret regnskabsåret i Dinero.",
    "hold.OrderGone": "Ordren findes ikke mere i Shoporama. Se efter i Dinero, om noget skal krediteres.",
    "hold.OrderUnreadable": "Ordren kan ikke læses. Ret ordren i Shoporama, eller bogfør den i hånden.",
    "hold.OutcomeUnknown": "Det er uvist, om Dinero nåede at bogføre. Se efter i Dinero.",
    "hold.PaymentDiffers": "Betalingerne på fakturaen passer ikke til ordren. Se på dem i Dinero.",
    "hold.PossibleDuplicate": "Der er allerede en faktura i Dinero til samme kunde med samme beløb. Slå Shoporamas egen kobling til Dinero fra, og se, om det er samme salg.",
    "hold.SpecialTerritory": "Ordren skal leveres til et område med egne momsregler. Spørg jeres revisor, og bogfør ordren i hånden i Dinero.",
    "hold.StatusUnknown": "Ordren har en status, der ikke kendes. Sæt den til ny, sendt eller annulleret i Shoporama.",
    "hold.TotalsDiffer": "Ordrens linjer giver et andet beløb end ordrens total. Ret ordren i Shoporama.",
    "hold.VatDiffers": "Momsen er forskellig i Dinero og Shoporama. Sammenlign omsætningskontoens momskode med momsen på ordren.",
    "hold.VatNumberInvalid": "Kunden er en virksomhed i et andet EU-land, men har intet gyldigt momsnummer fra leveringslandet. Skriv nummeret på ordren i Shoporama.",
}
