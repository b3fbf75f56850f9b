alter policy signed_in on public.medical_notes using ((select auth.uid()) = patient_id);
