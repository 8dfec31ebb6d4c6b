package io.fadvised.control;

import java.util.concurrent.CompletableFuture;

/** Answers requests. */
@FunctionalInterface
interface Handler {
  /**
   * Returns at once; the answer may follow on any thread.
   *
   * @param user who asks, for the log
   */
  CompletableFuture<Reply> handle(Request request, String user);
}
