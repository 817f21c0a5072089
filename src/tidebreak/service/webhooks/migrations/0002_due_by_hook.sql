-- Each webhook is told by itself: what is due is asked for one of them at a time.
DROP INDEX delivery_due;
DROP INDEX delivery_hook;
CREATE INDEX delivery_due ON delivery (hook, due);
