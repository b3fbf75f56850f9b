grant select on billing.invoices to authenticated;
