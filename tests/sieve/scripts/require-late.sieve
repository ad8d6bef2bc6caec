keep;
require "fileinto";
fileinto "X";
