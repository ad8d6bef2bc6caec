require ["include", "fileinto"];
include "returns";
fileinto "Behind";
