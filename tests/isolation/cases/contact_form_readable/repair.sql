drop policy just_sent on public.contact_messages;
