package io.fadvised.cli;

import io.fadvised.control.Answer;
import io.fadvised.control.DaemonUnavailableException;
import io.fadvised.control.Request;
import java.io.PrintWriter;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** A command that gives an order to the running daemon and prints its answer. */
abstract class OrderCommand implements Callable<Integer> {
  private final World world;
  private final Request order;
  @Spec private CommandSpec spec = CommandSpec.create();

  OrderCommand(World world, Request order) {
    this.world = world;
    this.order = order;
  }

  @Override
  public Integer call() throws CommandFailedException, InterruptedException {
    give(order);
    return ExitCodes.DONE;
  }

  /** Gives an order and prints its result. */
  final void give(Request request) throws CommandFailedException {
    Answer answer = ask(request);
    switch (answer.code()) {
      case Answer.DONE -> print(answer, spec.commandLine().getOut());
      case Answer.REJECTED -> throw CommandFailedException.rejected(answer.words());
      default -> throw new CommandFailedException("the daemon reports: " + answer.words());
    }
  }

  void print(Answer answer, PrintWriter out) {
    out.println(answer.words());
  }

  /** The words that follow if no daemon is running. */
  String withoutDaemon(Request request) {
    return "nothing to " + request.command();
  }

  private Answer ask(Request request) throws CommandFailedException {
    try {
      Optional<Answer> answer = world.daemon().ask(request);
      return answer.orElseThrow(
          () ->
              new CommandFailedException(
                  "no daemon that this user can reach is running; " + withoutDaemon(request)));
    } catch (DaemonUnavailableException e) {
      throw new CommandFailedException(e.words(), e);
    }
  }
}
