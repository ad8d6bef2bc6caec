require ["include", "variables"];
set "x" "personal";
include "${x}";
