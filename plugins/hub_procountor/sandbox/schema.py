"""What a business partner is made of: names, types, lengths and words as in Procountor's OpenAPI.

Source: pts-api.procountor.com/api/openapi.json as carried by rantalainen/procountor-api-client (src/api.ts, 474738e2,
2026-04-15). tests/plugins/procountor holds this page against a cut of it.
"""

from __future__ import annotations

from typing import NamedTuple


class Field(NamedTuple):
    """``kind``: text, texts, choice, integer, number, boolean, moment, object or list; ``of``: the object's schema."""

    kind: str
    most: int = 0
    least: int = 0
    options: tuple[str, ...] = ()
    of: str = ""
    required: bool = False


def choice(*options: str, required: bool = False) -> Field:
    return Field("choice", options=options, required=required)


_COUNTRIES = """
    AFGHANISTAN ALAND_ISLANDS ALBANIA ALGERIA AMERICAN_SAMOA ANDORRA ANGOLA ANGUILLA ANTARCTICA ANTIGUA_AND_BARBUDA ARGENTINA
    ARMENIA ARUBA ASCENSION_AND_TRISTAN_DA_CUNHA_SAINT_HELENA AUSTRALIA AUSTRIA AZERBAIJAN BAHAMAS BAHRAIN BANGLADESH BARBADOS
    BELARUS BELGIUM BELIZE BENIN BERMUDA BHUTAN BOLIVARIAN_REPUBLIC_OF_VENEZUELA BOSNIA_AND_HERZEGOVINA BOTSWANA BOUVET_ISLAND
    BRAZIL BRITISH_INDIAN_OCEAN_TERRITORY BRITISH_VIRGIN_ISLANDS BRUNEI_DARUSSALAM BULGARIA BURKINA_FASO BURUNDI CABO_VERDE
    CAMBODIA CAMEROON CANADA CAYMAN_ISLANDS CENTRAL_AFRICAN_REPUBLIC CHAD CHILE CHINA CHRISTMAS_ISLAND COCOS_KEELING_ISLANDS
    COLOMBIA COMOROS CONGO COOK_ISLANDS COSTA_RICA COTE_D_IVOIRE CROATIA CUBA CURACAO CYPRUS CZECH_REPUBLIC
    DEMOCRATIC_PEOPLE_S_REPUBLIC_OF_KOREA DENMARK DJIBOUTI DOMINICA DOMINICAN_REPUBLIC ECUADOR EGYPT EL_SALVADOR
    EQUATORIAL_GUINEA ERITREA ESTONIA ETHIOPIA FALKLAND_ISLANDS_MALVINAS FAROE_ISLANDS FEDERATED_STATES_OF_MICRONESIA FIJI
    FINLAND FRANCE FRENCH_GUIANA FRENCH_POLYNESIA FRENCH_SOUTHERN_TERRITORIES GABON GAMBIA GEORGIA GERMANY GHANA GIBRALTAR
    GREECE GREENLAND GRENADA GUADELOUPE GUAM GUATEMALA GUERNSEY GUINEA GUINEA_BISSAU GUYANA HAITI
    HEARD_ISLAND_AND_MCDONALD_ISLANDS HOLY_SEE_VATICAN_CITY_STATE HONDURAS HONG_KONG HUNGARY ICELAND INDIA INDONESIA IRAQ
    IRELAND ISLAMIC_REPUBLIC_OF_IRAN ISLE_OF_MAN ISRAEL ITALY JAMAICA JAPAN JERSEY JORDAN KAZAKHSTAN KENYA KIRIBATI
    KOSOVO_TEMPORARY KUWAIT KYRGYZSTAN LAO_PEOPLE_S_DEMOCRATIC_REPUBLIC LATVIA LEBANON LESOTHO LIBERIA LIBYA LIECHTENSTEIN
    LITHUANIA LUXEMBOURG MACAO MADAGASCAR MALAWI MALAYSIA MALDIVES MALI MALTA MARSHALL_ISLANDS MARTINIQUE MAURITANIA MAURITIUS
    MAYOTTE MEXICO MONACO MONGOLIA MONTENEGRO MONTSERRAT MOROCCO MOZAMBIQUE MYANMAR NAMIBIA NAURU NEPAL NETHERLANDS
    NEW_CALEDONIA NEW_ZEALAND NICARAGUA NIGER NIGERIA NIUE NORFOLK_ISLAND NORTHERN_IRELAND_TEMPORARY NORTHERN_MARIANA_ISLANDS
    NORWAY OMAN PAKISTAN PALAU PANAMA PAPUA_NEW_GUINEA PARAGUAY PERU PHILIPPINES PITCAIRN PLURINATIONAL_STATE_OF_BOLIVIA
    POLAND PORTUGAL PROVINCE_OF_CHINA_TAIWAN PUERTO_RICO QATAR REPUBLIC_OF_KOREA REPUBLIC_OF_MOLDOVA REUNION ROMANIA
    RUSSIAN_FEDERATION RWANDA SAINT_BARTHELEMY SAINT_KITTS_AND_NEVIS SAINT_LUCIA SAINT_MARTIN_FRENCH_PART
    SAINT_PIERRE_AND_MIQUELON SAINT_VINCENT_AND_THE_GRENADINES SAMOA SAN_MARINO SAO_TOME_AND_PRINCIPE SAUDI_ARABIA SENEGAL
    SERBIA SEYCHELLES SIERRA_LEONE SINGAPORE SINT_EUSTATIUS_AND_SABA_BONAIRE SINT_MAARTEN_DUTCH_PART SLOVAKIA SLOVENIA
    SOLOMON_ISLANDS SOMALIA SOUTH_AFRICA SOUTH_GEORGIA_AND_THE_SOUTH_SANDWICH_ISLANDS SOUTH_SUDAN SPAIN SRI_LANKA
    STATE_OF_PALESTINE SUDAN SURINAME SVALBARD_AND_JAN_MAYEN SWAZILAND SWEDEN SWITZERLAND SYRIAN_ARAB_REPUBLIC TAJIKISTAN
    THAILAND THE_DEMOCRATIC_REPUBLIC_OF_THE_CONGO THE_FORMER_YUGOSLAV_REPUBLIC_OF_MACEDONIA TIMOR_LESTE TOGO TOKELAU TONGA
    TRINIDAD_AND_TOBAGO TUNISIA TURKEY TURKMENISTAN TURKS_AND_CAICOS_ISLANDS TUVALU UGANDA UKRAINE UNITED_ARAB_EMIRATES
    UNITED_KINGDOM_OF_GREAT_BRITAIN_AND_NORTHERN_IRELAND UNITED_REPUBLIC_OF_TANZANIA UNITED_STATES_MINOR_OUTLYING_ISLANDS
    UNITED_STATES_OF_AMERICA URUGUAY UZBEKISTAN U_S_VIRGIN_ISLANDS VANUATU VIET_NAM WALLIS_AND_FUTUNA WESTERN_SAHARA YEMEN
    ZAMBIA ZIMBABWE
"""
_CURRENCIES = """
    AED AFN ALL AMD ANG AOA ARS ATS AUD AWG AZN BAM BBD BDT BEF BGN BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF
    CHE CHF CHW CLF CLP CNH CNT CNY COP COU CRC CUC CUP CVE CYP CZK DEM DJF DKK DOP DZD EEK EGP ERN ESP ETB EUR FIM FJD FKP
    FRF GBP GEL GGP GHS GIP GMD GNF GRD GTQ GYD HKD HNL HRK HTG HUF IDR IEP ILS IMP INR IQD IRR ISK ITL JEP JMD JOD JPY KES
    KGS KHR KID KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LTL LUF LVL LYD MAD MDL MGA MKD MMK MNT MOP MRO MTL MUR MVR MWK
    MXN MXV MYR MZN NAD NGN NIO NIS NLG NOK NPR NTD NZD OMR PAB PEN PGK PHP PKR PLN PRB PTE PYG QAR RMB RON RSD RUB RWF SAR
    SBD SCR SDG SEK SGD SHP SIT SKK SLL SLS SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TVD TWD TZS UAH UGX USD
    USN UYI UYU UYW UZS VES VND VUV WST XAF XAG XAU XBA XBB XBC XBD XCD XDR XOF XPD XPF XPT XSU XTS XUA XXX YER ZAR ZMW ZWB
    ZWL
"""
_PARENTS = """
    HETU YHD PN NO AT BE BG CY HR CZ DK EE FI FR DE GB EL HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE
"""
_REFERENCES = """
    BANKSTATEMENTEVENT COST_RECEIPT CUSTOMER_BUSINESS_PARTNER_REGISTER EMPLOYEE_INFO ENVIRONMENT FINANCIAL_STATEMENT INVOICE
    INVOICEDRAFT_ITEM LEDGERRECEIPT NETS_COLLECTION PERSON_BUSINESS_PARTNER_REGISTER PURCHASE_PRODUCT_REGISTER
    REFERENCE_PAYMENT SALES_PRODUCT_REGISTER SUPPLIER_BUSINESS_PARTNER_REGISTER
"""
COUNTRIES, CURRENCIES, PARENTS, REFERENCES = (text.split() for text in (_COUNTRIES, _CURRENCIES, _PARENTS, _REFERENCES))
SCHEMAS: dict[str, dict[str, Field]] = {
    "BusinessPartner": {
        "id": Field("integer"), "name": Field("text", most=80, least=1, required=True),
        "type": choice("CUSTOMER", "SUPPLIER", "PERSON", required=True),
        "address": Field("object", of="BusinessPartnerAddress"),
        "billingAddress": Field("object", of="BusinessPartnerAddress"),
        "deliveryAddress": Field("object", of="BusinessPartnerAddress"), "invoicingInfo": Field("object", of="InvoicingInfo"),
        "attachments": Field("list", of="Attachment"), "contactPersons": Field("list", of="BusinessPartnerContactPerson"),
        "additionalInfo": Field("object", of="BusinessPartnerAdditionalInfo"),
        "paymentInfo": Field("object", of="BusinessPartnerPaymentInfo", required=True),
        "registryInfo": Field("object", of="RegistryInfo"), "version": Field("moment"),
    },
    "BusinessPartnerAddress": {
        "name": Field("text", most=80), "specifier": Field("text", most=80), "street": Field("text", most=80),
        "zip": Field("text", most=20), "city": Field("text", most=40), "country": choice(*COUNTRIES),
        "subdivision": Field("text", most=35),
    },
    "InvoicingInfo": {
        "customerNumber": Field("text"), "identifier": Field("text"), "identifierType": Field("text"), "ovt": Field("text"),
        "invoiceChannel": choice("EMAIL", "MAIL", "ELECTRONIC_INVOICE", "EDIFACT", "PAPER_INVOICE", "NO_SENDING"),
        "contactPerson": Field("text"),
        "language": choice("DANISH", "ENGLISH", "ESTONIAN", "FINNISH", "NORWEGIAN", "SWEDISH"), "email": Field("text"),
        "bccAddresses": Field("texts"), "denyEinvoiceReminders": Field("boolean"), "orderReference": Field("text"),
        "sellerReferenceIdentifier": Field("text"), "buyerReferenceIdentifier": Field("text"), "orderNumber": Field("text"),
        "agreementNumber": Field("text"), "accountingCode": Field("text"), "deliverySite": Field("text"),
        "tenderReference": Field("text"), "einvoiceAddress": Field("text"), "einvoiceOperator": Field("text"),
    },
    "Attachment": {
        "id": Field("integer"), "name": Field("text", required=True), "referenceType": choice(*REFERENCES, required=True),
        "referenceId": Field("integer", required=True), "mimeType": Field("text"),
        "sendWithInvoice": Field("boolean", required=True),
    },
    "BusinessPartnerContactPerson": {
        "id": Field("integer"), "name": Field("text", most=80), "email": Field("text", most=80),
        "phone": Field("text", most=40),
    },
    "BusinessPartnerAdditionalInfo": {
        "defaultAdditionalInformation": Field("text", most=500), "defaultReference": Field("text"),
        "group": Field("text", most=80), "parentCompanyIdType": choice("", *PARENTS),
        "parentCompanyId": Field("text", most=20), "auxiliaryCompanyName": Field("text", most=80),
        "formerCompanyName": Field("text", most=80), "sector": Field("text", most=80), "webAddress": Field("text", most=100),
        "comments1": Field("text", most=100), "comments2": Field("text", most=100), "invoicePeriod": Field("text", most=40),
        "withholdingRegisterMarking": Field("text", most=20), "invoiceLedger": choice("CLEARING", "INVOICE_LEDGER"),
    },
    "BusinessPartnerPaymentInfo": {
        "factoringContractId": Field("integer"),
        "paymentMethod": choice(
            "BANK_TRANSFER", "DIRECT_DEBIT", "DIRECT_PAYMENT", "CLEARING", "CREDIT_CARD_CHARGE", "FOREIGN_PAYMENT", "OTHER",
            "CASH", "DOMESTIC_PAYMENT_PLUSGIRO", "DOMESTIC_PAYMENT_BANKGIRO", "DOMESTIC_PAYMENT_CREDITOR", "DKLMPKRE", "NETS",
            required=True),
        "bankAccount": Field("text"), "paymentTermDays": Field("text"), "paymentTermPercentage": Field("number"),
        "penalInterestRate": Field("number"), "discountPercentage": Field("number"),
        "cashDiscount": Field("object", of="CashDiscount"), "currency": choice(*CURRENCIES), "deliveryMethod": Field("text"),
        "clearingCode": Field("text"), "bic": Field("text"), "customerAccountNumber": Field("text"),
    },
    "CashDiscount": {
        "optionList": Field("list", of="CashDiscountOption"),
        "cashDiscountsTermType": choice("FROM_END_OF_MONTH", "FROM_INV_DATE"),
    },
    "CashDiscountOption": {
        "numberOfDays": Field("integer"), "discountPercentage": Field("number"),
    },
    "RegistryInfo": {
        "active": Field("boolean"), "phone": Field("text", most=40), "mobilePhone": Field("text", most=40),
        "fax": Field("text", most=40), "section": Field("text", most=80), "homeMunicipality": Field("text", most=40),
        "reportGroup": Field("text"), "reportGroupId": Field("integer"),
        "partnerGroups": Field("list", of="BusinessPartnerGroup"),
    },
    "BusinessPartnerGroup": {
        "id": Field("integer"), "name": Field("text", most=80, least=1, required=True),
        "type": choice("CUSTOMER", "SUPPLIER", "PERSON", required=True), "active": Field("boolean"),
    },
}
"""Billing and delivery addresses have the parts of BusinessPartnerAddress."""
PATCHED = ("id", "name", "type", "address", "invoicingInfo", "paymentInfo", "version")
"""What PATCH /businesspartners/{id} says it supports, and the version it asks for."""
