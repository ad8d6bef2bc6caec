require ["include", "fileinto"];
fileinto "Before";
include "personal";
include :global "common";
fileinto "Behind";
