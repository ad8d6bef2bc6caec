require "ihave";
if ihave ["fileinto", "variables"] {
    set "name" "Have";
    fileinto "${name}";
}
if ihave "vnd.example.no-such-thing" {
    example_action :tag "of an extension that there is not";
    discard;
}
