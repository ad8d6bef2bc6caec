frobnicate;
keep
