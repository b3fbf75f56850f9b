drop policy nightly on public.exports;
