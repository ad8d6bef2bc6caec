require ["reject", "fileinto"];
reject "No.";
fileinto "x";
