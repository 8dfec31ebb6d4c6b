package io.fadvised.engine;

import java.time.Duration;
import java.util.HashSet;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Runs the calls of a command that may hang, one after another. After a hung call, further ones on
 * the same filesystem are refused at once, so that a filesystem costs this time once.
 */
public final class Patience {
  /** A call without progress for this long counts as hung. */
  static final Duration LIMIT = Duration.ofSeconds(3);

  private final Workers workers;
  private final Set<Long> hung = new HashSet<>();

  /**
   * A call that may hang.
   *
   * @param <T> the type of the result
   * @param <E> the type of its failures
   */
  @FunctionalInterface
  public interface Call<T, E extends Exception> {
    T run() throws E, InterruptedException;
  }

  /** A call hangs, or was refused since another one hangs. */
  public static final class NotRespondingException extends Exception {
    NotRespondingException(String words) {
      super(words);
    }

    /** Returns the reason, as a sentence without a subject. */
    public String reason() {
      return String.valueOf(getMessage());
    }
  }

  private record Outcome<T>(@Nullable T value, @Nullable Exception failure) {
    static <T> Outcome<T> of(Call<T, ?> call) throws InterruptedException {
      try {
        return new Outcome<>(call.run(), null);
      } catch (InterruptedException e) {
        throw e;
      } catch (Exception e) { // thrown by the caller
        return new Outcome<>(null, e);
      }
    }
  }

  public Patience(Workers workers) {
    this.workers = workers;
  }

  /**
   * Runs a call on a worker. If it hangs, it keeps all objects it uses.
   *
   * @param filesystem the number of the filesystem that it calls; empty if unknown
   * @throws E as the call throws it
   */
  public <T, E extends Exception> T call(OptionalLong filesystem, Call<T, E> call)
      throws E, NotRespondingException, InterruptedException {
    if (filesystem.isPresent() && hung.contains(filesystem.getAsLong())) {
      throw new NotRespondingException("skipped: its filesystem is not responding");
    }
    Work<Outcome<T>> work = new Work<>(() -> Outcome.of(call));
    workers.runToEnd(work, LIMIT);
    if (!work.isDone()) {
      filesystem.ifPresent(hung::add);
      throw new NotRespondingException(
          "not responding for " + LIMIT.toSeconds() + " s: its filesystem or disk is hung");
    }
    return valueOf(work.result());
  }

  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // only E and unchecked ones
  private static <T, E extends Exception> T valueOf(Outcome<T> outcome) throws E {
    if (outcome.failure() instanceof RuntimeException unchecked) {
      throw unchecked;
    }
    if (outcome.failure() != null) {
      throw (E) outcome.failure();
    }
    return Objects.requireNonNull(outcome.value());
  }
}
