"""What people call the countries of ISO 3166-1: alpha-2 code, Danish names, English names.

One country a line; a name that both languages share stands once. Which part of a country goods are sent to decides about
VAT, so nothing here is a region: "Northern Ireland" and "De Kanariske Øer" are left out on purpose and stay unknown.
"""

TABLE = """
AD Andorra
AE De Forenede Arabiske Emirater | Forenede Arabiske Emirater | United Arab Emirates | UAE
AF Afghanistan
AG Antigua og Barbuda | Antigua and Barbuda
AI Anguilla
AL Albanien | Albania
AM Armenien | Armenia
AO Angola
AQ Antarktis | Antarctica
AR Argentina
AS Amerikansk Samoa | American Samoa
AT Østrig | Austria | Österreich
AU Australien | Australia
AW Aruba
AX Åland | Ålandsøerne | Åland Islands | Aland Islands
AZ Aserbajdsjan | Azerbaijan
BA Bosnien-Hercegovina | Bosnien og Hercegovina | Bosnia and Herzegovina | Bosnia-Herzegovina
BB Barbados
BD Bangladesh
BE Belgien | Belgium
BF Burkina Faso
BG Bulgarien | Bulgaria
BH Bahrain
BI Burundi
BJ Benin
BL Saint Barthélemy | Saint Barthelemy
BM Bermuda
BN Brunei | Brunei Darussalam
BO Bolivia
BQ De tidligere Nederlandske Antiller | Caribisk Nederlandene | Caribbean Netherlands | Bonaire, Sint Eustatius and Saba
BR Brasilien | Brazil
BS Bahamas | The Bahamas
BT Bhutan
BV Bouvetøen | Bouvet Island
BW Botswana
BY Belarus | Hviderusland
BZ Belize
CA Canada
CC Cocosøerne | Cocos (Keeling) Islands | Cocos Islands
CD Den Demokratiske Republik Congo | Congo-Kinshasa | Democratic Republic of the Congo | DR Congo
CF Den Centralafrikanske Republik | Centralafrikanske Republik | Central African Republic
CG Congo | Congo-Brazzaville | Republikken Congo | Republic of the Congo
CH Schweiz | Switzerland
CI Elfenbenskysten | Ivory Coast | Côte d'Ivoire | Cote d'Ivoire
CK Cookøerne | Cook Islands
CL Chile
CM Cameroun | Cameroon
CN Kina | China | Folkerepublikken Kina
CO Colombia
CR Costa Rica
CU Cuba
CV Kap Verde | Cape Verde | Cabo Verde
CW Curaçao | Curacao
CX Juleøen | Christmas Island
CY Cypern | Cyprus
CZ Tjekkiet | Den Tjekkiske Republik | Czechia | Czech Republic
DE Tyskland | Germany | Deutschland
DJ Djibouti
DK Danmark | Denmark | Kongeriget Danmark
DM Dominica
DO Den Dominikanske Republik | Dominican Republic
DZ Algeriet | Algeria
EC Ecuador
EE Estland | Estonia
EG Egypten | Egypt
EH Vestsahara | Western Sahara
ER Eritrea
ES Spanien | Spain | España
ET Etiopien | Ethiopia
FI Finland | Suomi
FJ Fiji
FK Falklandsøerne | Falkland Islands
FM Mikronesien | Micronesia
FO Færøerne | Færøyene | Faroe Islands | Faeroe Islands | Føroyar
FR Frankrig | France
GA Gabon
GB Storbritannien | Det Forenede Kongerige | United Kingdom | Great Britain | England | Scotland | Skotland | Wales
GD Grenada
GE Georgien | Georgia
GF Fransk Guyana | French Guiana
GG Guernsey
GH Ghana
GI Gibraltar
GL Grønland | Greenland | Kalaallit Nunaat
GM Gambia | The Gambia
GN Guinea
GP Guadeloupe
GQ Ækvatorialguinea | Equatorial Guinea
GR Grækenland | Greece
GS South Georgia og De Sydlige Sandwichøer | South Georgia and the South Sandwich Islands
GT Guatemala
GU Guam
GW Guinea-Bissau
GY Guyana
HK Hongkong | Hong Kong | SAR Hongkong
HM Heard Island og McDonald Islands | Heard Island and McDonald Islands
HN Honduras
HR Kroatien | Croatia
HT Haiti
HU Ungarn | Hungary
ID Indonesien | Indonesia
IE Irland | Ireland
IL Israel
IM Isle of Man
IN Indien | India
IO Det Britiske Territorium i Det Indiske Ocean | British Indian Ocean Territory
IQ Irak | Iraq
IR Iran
IS Island | Iceland
IT Italien | Italy | Italia
JE Jersey
JM Jamaica
JO Jordan
JP Japan
KE Kenya
KG Kirgisistan | Kyrgyzstan
KH Cambodja | Cambodia
KI Kiribati
KM Comorerne | Comoros
KN Saint Kitts og Nevis | Saint Kitts and Nevis
KP Nordkorea | North Korea
KR Sydkorea | South Korea | Republic of Korea
KW Kuwait
KY Caymanøerne | Cayman Islands
KZ Kasakhstan | Kazakhstan
LA Laos
LB Libanon | Lebanon
LC Saint Lucia
LI Liechtenstein
LK Sri Lanka
LR Liberia
LS Lesotho
LT Litauen | Lithuania
LU Luxembourg | Luxemburg
LV Letland | Latvia
LY Libyen | Libya
MA Marokko | Morocco
MC Monaco
MD Moldova
ME Montenegro
MF Saint Martin
MG Madagaskar | Madagascar
MH Marshalløerne | Marshall Islands
MK Nordmakedonien | Makedonien | North Macedonia | Macedonia
ML Mali
MM Myanmar | Burma | Myanmar (Burma)
MN Mongoliet | Mongolia
MO Macao | Macau
MP Nordmarianerne | Northern Mariana Islands
MQ Martinique
MR Mauretanien | Mauritania
MS Montserrat
MT Malta
MU Mauritius
MV Maldiverne | Maldives
MW Malawi
MX Mexico
MY Malaysia
MZ Mozambique
NA Namibia
NC Ny Kaledonien | New Caledonia
NE Niger
NF Norfolk Island
NG Nigeria
NI Nicaragua
NL Nederlandene | Holland | Netherlands | The Netherlands | Nederland
NO Norge | Norway | Noreg
NP Nepal
NR Nauru
NU Niue
NZ New Zealand
OM Oman
PA Panama
PE Peru
PF Fransk Polynesien | French Polynesia
PG Papua Ny Guinea | Papua New Guinea
PH Filippinerne | Philippines | The Philippines
PK Pakistan
PL Polen | Poland | Polska
PM Saint Pierre og Miquelon | Saint Pierre and Miquelon
PN Pitcairn | Pitcairn Islands
PR Puerto Rico
PS Palæstina | De palæstinensiske områder | Palestine | Palestinian Territories
PT Portugal
PW Palau
PY Paraguay
QA Qatar
RE Réunion | Reunion
RO Rumænien | Romania
RS Serbien | Serbia
RU Rusland | Den Russiske Føderation | Russia | Russian Federation
RW Rwanda
SA Saudi-Arabien | Saudi Arabia
SB Salomonøerne | Solomon Islands
SC Seychellerne | Seychelles
SD Sudan
SE Sverige | Sweden
SG Singapore
SH Sankt Helena | Saint Helena | Saint Helena, Ascension and Tristan da Cunha
SI Slovenien | Slovenia
SJ Svalbard og Jan Mayen | Svalbard | Svalbard and Jan Mayen
SK Slovakiet | Den Slovakiske Republik | Slovakia | Slovak Republic
SL Sierra Leone
SM San Marino
SN Senegal
SO Somalia
SR Surinam | Suriname
SS Sydsudan | South Sudan
ST São Tomé og Príncipe | São Tomé and Príncipe | Sao Tome and Principe
SV El Salvador
SX Sint Maarten
SY Syrien | Syria
SZ Eswatini | Swaziland
TC Turks- og Caicosøerne | Turks and Caicos Islands
TD Tchad | Chad
TF De Franske Besiddelser i Det Sydlige Indiske Ocean | French Southern Territories
TG Togo
TH Thailand
TJ Tadsjikistan | Tajikistan
TK Tokelau
TL Østtimor | Timor-Leste | East Timor
TM Turkmenistan
TN Tunesien | Tunisia
TO Tonga
TR Tyrkiet | Turkey | Türkiye
TT Trinidad og Tobago | Trinidad and Tobago
TV Tuvalu
TW Taiwan
TZ Tanzania
UA Ukraine
UG Uganda
UM Amerikanske oversøiske øer | United States Minor Outlying Islands
US USA | De Forenede Stater | Amerikas Forenede Stater | United States | United States of America
UY Uruguay
UZ Usbekistan | Uzbekistan
VA Vatikanstaten | Vatikanet | Vatican City | Holy See
VC Saint Vincent og Grenadinerne | Saint Vincent and the Grenadines
VE Venezuela
VG De Britiske Jomfruøer | British Virgin Islands
VI De Amerikanske Jomfruøer | US Virgin Islands | U.S. Virgin Islands
VN Vietnam | Viet Nam
VU Vanuatu
WF Wallis og Futuna | Wallis and Futuna
WS Samoa
XK Kosovo
YE Yemen
YT Mayotte
ZA Sydafrika | South Africa
ZM Zambia
ZW Zimbabwe
"""
