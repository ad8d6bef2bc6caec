/* learning-question.h - whoever quits while an account is learned from says what is to become of that */
#pragma once

#include <adwaita.h>
#include <stdbool.h>

/* False: nothing is learned from, or it was answered already. True: it is being asked, above @window, which is closed
 * once it is answered. */
bool ib_learning_question_ask (GtkWindow *window);
