revoke select, update on sequence public.invoice_numbers from authenticated;
