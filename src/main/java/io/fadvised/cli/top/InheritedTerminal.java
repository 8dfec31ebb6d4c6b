package io.fadvised.cli.top;

import java.io.IOException;
import java.nio.charset.Charset;
import org.jline.terminal.Terminal;
import org.jline.terminal.Terminal.SignalHandler;
import org.jline.terminal.impl.PosixSysTerminal;
import org.jline.terminal.impl.exec.ExecPty;
import org.jline.terminal.impl.exec.ExecTerminalProvider;
import org.jline.terminal.spi.SystemStream;

/**
 * The terminal on standard input and output. Unlike JLine's own, it needs no name: tty(1) finds
 * none if the terminal belongs to another mount namespace, as with nsenter(1).
 */
final class InheritedTerminal extends ExecPty {
  private InheritedTerminal() {
    super(new ExecTerminalProvider(), SystemStream.Output, "standard input");
  }

  /**
   * Opens it.
   *
   * @param type the terminal type, see term(7)
   * @throws IOException if standard input is not a terminal
   */
  static Terminal open(String type) throws IOException {
    Charset charset = Charset.forName(System.getProperty("native.encoding", "UTF-8"));
    return new PosixSysTerminal(
        "fadvised", type, new InheritedTerminal(), charset, true, SignalHandler.SIG_DFL);
  }
}
