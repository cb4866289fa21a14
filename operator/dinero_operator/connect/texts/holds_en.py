"""Why an order is held, in English and without Kubernetes' words: for each reason what is the matter, and what to do."""

from __future__ import annotations

from typing import Final

TEXTS: Final = {
    "hold.unknown": "The order cannot be transferred by itself. Book it by hand in Dinero.",
    "hold.BooksDiffer": "The document in Dinero does not agree with the order. Mend the document in Dinero.",
    "hold.ChangedAfterBooking": "The order was changed after its invoice was booked. Correct it with a credit note in Dinero.",
    "hold.CountryUnknown": "The country of delivery cannot be read. Correct it on the order in Shoporama.",
    "hold.CreditNeeded": "The order must be credited. Make the credit note (kreditnota) in Dinero.",
    "hold.CurrencyUnsupported": "The order is in another currency than Danish kroner. Book it by hand in Dinero.",
    "hold.DestinationNotConfigured": "The order goes to a place for which no revenue account is chosen. Book it by hand, or ask those who run the system.",
    "hold.DiscountRefused": "Dinero does not accept the discount as a line of its own. It can be spread over the goods instead; ask those who run the system.",
    "hold.DocumentRejected": "Dinero refuses something on the order. Correct the order in Shoporama.",
    "hold.DraftDeleted": "The draft (kladde) was deleted in Dinero. Book the order by hand if it shall still be booked.",
    "hold.EmailMissing": "The order has no valid e-mail address, by which the contact in Dinero is made. Put it on the order in Shoporama.",
    "hold.GiftCard": "The order was paid with a gift card. A gift card is a payment, not a discount. Book the order by hand in Dinero.",
    "hold.LateOrder": "The order belongs to an earlier month. Ask your accountant on which date it shall be booked.",
    "hold.NoAccountingYear": "Dinero has no accounting year (regnskabsår) for the order's date. Create the accounting year in Dinero.",
    "hold.OrderGone": "The order is no longer in Shoporama. See in Dinero whether something must be credited.",
    "hold.OrderUnreadable": "The order cannot be read. Correct it in Shoporama, or book it by hand.",
    "hold.OutcomeUnknown": "It is not known whether Dinero has booked. Look in Dinero.",
    "hold.PaymentDiffers": "The payments of the invoice do not agree with the order. Look at them in Dinero.",
    "hold.PossibleDuplicate": "There is an invoice in Dinero already with the same customer and amount. Switch off Shoporama's own link to Dinero, and see whether it is the same sale.",
    "hold.SpecialTerritory": "The order goes to a place with VAT rules of its own. Ask your accountant, and book the order by hand in Dinero.",
    "hold.StatusUnknown": "The order has a status that is not known. Set it to new, sent or cancelled in Shoporama.",
    "hold.TotalsDiffer": "The order's lines come to another amount than its total. Correct the order in Shoporama.",
    "hold.VatDiffers": "The VAT differs between Dinero and Shoporama. Compare the VAT code of the revenue account with the VAT on the order.",
    "hold.VatNumberInvalid": "The customer is a business in another EU country, but has no valid VAT number of the country of delivery. Write the number on the order in Shoporama.",
}
