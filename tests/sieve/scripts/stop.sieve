require "fileinto";
fileinto "Before";
if true {
    stop;
}
discard;
