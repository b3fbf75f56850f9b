alter function public.describe(public.cases) security invoker;
