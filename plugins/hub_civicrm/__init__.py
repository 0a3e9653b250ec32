"""CiviCRM through APIv4 over authx."""
