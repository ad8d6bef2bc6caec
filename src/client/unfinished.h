/* unfinished.h - what a program must not end before
 *
 * A password that is being put away, or taken back; a child that has something half written. As long as anything is unfinished,
 * a GApplication stays, with or without windows; a program that is none waits for it by itself. Main thread only. */
#pragma once

void ib_unfinished_begin (void);
void ib_unfinished_end (void);
/* Turns the default main context until nothing is unfinished. */
void ib_unfinished_wait (void);
