package io.fadvised.directio;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The cause for a loop device being cached twice, or not, and the cure.
 *
 * @param words the cause in a sentence
 * @param derived whether part of it was derived from rules instead of reported by the kernel
 * @param steps the cure, in order; empty if none is needed or possible
 * @param advice warnings about the steps, or alternatives to them
 * @param lasting ways to make the cure last
 */
public record Diagnosis(
    Cause cause,
    String words,
    boolean derived,
    List<CureStep> steps,
    List<String> advice,
    List<String> lasting) {
  public Diagnosis {
    steps = List.copyOf(steps);
    advice = List.copyOf(advice);
    lasting = List.copyOf(lasting);
  }

  /** Creates a diagnosis without a cure. */
  public Diagnosis(Cause cause, String words, boolean derived, List<String> advice) {
    this(cause, words, derived, List.of(), advice, List.of());
  }

  /** Returns all advice, that on making the cure last at the end. */
  public List<String> allAdvice() {
    return Stream.concat(advice.stream(), lasting.stream()).toList();
  }

  /** Returns this diagnosis with another piece of advice, the first one to read. */
  public Diagnosis withAdvice(String first) {
    List<String> all = new ArrayList<>(List.of(first));
    all.addAll(advice);
    return new Diagnosis(cause, words, derived, steps, all, lasting);
  }

  /** Returns whether a step changes the sector size of the device in place. */
  public boolean changesSectors() {
    return steps.stream().anyMatch(step -> step.action() == CureStep.Action.SET_SECTORS);
  }

  /** The steps as shell commands. */
  public List<String> commands() {
    return steps.stream().map(CureStep::text).toList();
  }
}
