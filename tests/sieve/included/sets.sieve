require ["include", "variables"];
global ["shared"];
set "shared" "set-by-included";
set "local" "changed";
