alter policy "Everybody reads; sorry" on "Sales"."Order" using ("userId" = (select auth.uid()));
