alter function public.well_formed(text) not leakproof;
