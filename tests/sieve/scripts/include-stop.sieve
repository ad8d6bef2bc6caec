require ["include", "fileinto"];
include "stops";
fileinto "Behind";
