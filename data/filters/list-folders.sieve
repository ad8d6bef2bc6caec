# list-folders.sieve - each mailing list goes into a folder of its own below Lists: Lists.choir, Lists.neighbours.
#
# A list names itself in its List-Id, "The Choir <choir.example.org>": the first word behind "<" becomes the folder's
# name, if it has nothing but letters, digits, "-" and "_" in it. (What comes from a message should be looked at before it
# becomes a name.) Other lists share the folder Lists. What is no list on which people talk is left to newsletters.sieve.

require ["fileinto", "mailbox", "regex", "variables"];

if not allof (exists "List-Id",
              anyof (allof (exists "List-Post", not header :matches "List-Post" "NO*"),
                     header :is "Precedence" "list")) {
    stop;
}

if header :regex "List-Id" "<([a-z0-9_-]{1,40})\\.[^<>]*>[[:space:]]*$" {
    # ${1} is what the first pair of parentheses took, :lower makes "Choir" and "choir" one folder.
    set :lower "list" "${1}";
    fileinto :create "Lists.${list}";
    stop;
}

fileinto "Lists";
