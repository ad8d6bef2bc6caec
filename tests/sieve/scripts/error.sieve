require ["ihave", "fileinto"];
fileinto "Before";
if not ihave "vnd.example.no-such-thing" {
    error "cannot go on";
}
discard;
