require ["fileinto", "copy", "mailbox", "imap4flags"];
# A comment.
if anyof (header :contains ["Subject", "X-Other"] ["sale", "aab"],
          not header :matches "from" "*a?b*") {
    fileinto :copy :create :flags ["\\Seen", "work"] "Lists/foo";
    addflag "\\Flagged";
} elsif allof (size :over 10K, size :under 1M) {
    discard;
} else {
    keep;
    stop;
}
