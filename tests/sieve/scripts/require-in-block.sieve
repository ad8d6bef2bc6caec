if true {
    require "fileinto";
    fileinto "X";
}
