"""What a customer is made of: the names and types of ProxyCustomer.

Source: Lemonsoft's Swagger (rest-s01-prod02.lemonsoft.eu/Lemonsoft30/swagger/docs/v1) as carried by
rantalainen/lemonsoft-api-client (src/api.ts, e3e0c1df, 2025-05-28). It tells no lengths. tests/plugins/lemonsoft holds this
page against a cut of it.
"""

from __future__ import annotations

_TEXTS = """
    searchname email currency_code costcenter delivery_code sales_account purchase_account receivables_account
    accountspayable_account invoice_code finvoice_address reference default_reference invoicedates name name2 phone vat street
    street2 city postal_code country www language_code invoicing_name invoicing_name2 invoicing_address invoicing_postaladdress
    invoicing_postal_code invoicing_city
"""
_WHOLE = """
    invoicing_customer_number orderer_customer_number delivery_method_number delivery_term payment_term_number invoice_method_id
    reseller invoiceperiod id number group customer_group_id type seller_number
"""
_BOOLEANS = "is_customer is_nonactive is_prospect is_supplier deny_credit prevent_delivery partial_delivery_disabled"
CUSTOMER: dict[str, str] = {
    **dict.fromkeys(_TEXTS.split(), "text"), **dict.fromkeys(_WHOLE.split(), "whole"),
    **dict.fromkeys(_BOOLEANS.split(), "boolean"), "created": "moment", "modified": "moment", "interest": "number",
    "creditlimit": "number", "attributes": "rows", "contacts": "rows", "texts": "rows", "agreements": "rows",
    "accounts": "rows", "circulations": "rows", "dimension": "object",
}
"""Field → text, whole, number, boolean, moment, rows (a list of objects) or object."""
REQUIRED = ("email", "name")
LOGIN = ("UserName", "Password", "Database", "ApiKey")
"""Of the Swagger; Lemonsoft's own examples write username, password, database, apikey."""
