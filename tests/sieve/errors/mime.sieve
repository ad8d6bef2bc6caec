require "mime";

if header :anychild "Subject" "a" { keep; }
if header :type "Content-Type" "a" { keep; }
if header :mime :type :subtype "Content-Type" "a" { keep; }
if header :mime :param { keep; }
if exists :mime :type "Content-Type" { keep; }
if size :mime :over 1 { keep; }
