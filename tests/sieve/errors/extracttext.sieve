require ["extracttext", "foreverypart", "variables"];

extracttext "a";
foreverypart {
    extracttext "1a";
    extracttext :first "a";
    extracttext :first 1 :first 2 "a";
    extracttext;
}
