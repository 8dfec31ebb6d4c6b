package io.fadvised.cli;

/** Runs the command line and ends the process with its exit code. */
public final class Main {
  private Main() {}

  public static void main(String[] args) {
    System.exit(run(args));
  }

  private static int run(String[] args) {
    try {
      return CommandLines.of(World.ofThisMachine()).execute(args);
    } catch (LinkageError | OutOfMemoryError e) { // JNA without its library, Java without a module
      System.err.println("fadvised: cannot run on this Java: " + Sentences.of(e));
      return ExitCodes.FAILED;
    }
  }
}
