require ["foreverypart", "mime", "fileinto"];

foreverypart {
    if header :mime :type "Content-Type" "message" { fileinto "Forwarded"; }
    if header :mime :contenttype "Content-Type" "text/html" { fileinto "Html"; }
}
