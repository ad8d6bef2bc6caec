require ["include", "variables"];
set "global.shared" "one";
include "reads";
if string "${global.shared}" "one-two" { discard; }
