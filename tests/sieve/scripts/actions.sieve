require "fileinto";
fileinto "One";
redirect "two@example.com";
keep;
discard;
