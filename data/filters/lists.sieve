# lists.sieve - mailing lists, on which people talk with each other, go into the folder Lists.
#
# Newsletters have a List-Id too, but nobody can answer to all: they have no List-Post (or one that says "NO"), and their
# Precedence is bulk. They are left to newsletters.sieve.
#
# A list of your own choice gets a folder of its own like this, above the rule for all others:
#
#     if header :contains "List-Id" "<choir.example.org>" {
#         fileinto "Lists.choir";
#         stop;
#     }
#
# With list-folders.sieve in place of this one, each list gets a folder of its own.

require "fileinto";

if allof (exists "List-Id",
          anyof (allof (exists "List-Post", not header :matches "List-Post" "NO*"),
                 header :is "Precedence" "list")) {
    fileinto "Lists";
    stop;
}
