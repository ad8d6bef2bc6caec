require ["mime", "foreverypart", "extracttext", "variables", "body", "editheader", "duplicate", "include", "index"];
global "x";
include :once :optional "none";
foreverypart :name "outer" {
    if header :mime :type "Content-Type" "text" { extracttext :first 10 "part"; }
    foreverypart { if header :mime :param "boundary" :contains "Content-Type" "b" { break :name "outer"; } }
}
if body :content "text/html" :contains ["body", "<p>"] { addheader :last "X-Part" "${part}"; }
if body :raw :matches "*--b*" { deleteheader :index 1 :contains "Subject" "a"; }
if anyof (duplicate :handle "h" :seconds 60, duplicate :last :uniqueid "${part}", header :mime :anychild :count "gt" "Content-Type" "2") { return; }
include "f";
