require ["include", "fileinto"];
include :optional "there-is-none";
fileinto "Behind";
