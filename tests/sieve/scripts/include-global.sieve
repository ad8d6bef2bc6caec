require ["include", "variables", "fileinto"];
global "shared";
set "local" "own";
include "sets";
fileinto "${shared}";
fileinto "${local}";
