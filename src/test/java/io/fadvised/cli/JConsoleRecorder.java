package io.fadvised.cli;

import com.sun.tools.jconsole.JConsolePlugin;
import java.awt.Component;
import java.awt.Container;
import java.awt.Window;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import javax.management.MBeanServerConnection;
import javax.management.ObjectName;
import javax.swing.JButton;
import javax.swing.JPanel;
import javax.swing.SwingWorker;
import javax.swing.Timer;

/**
 * Runs in JConsole, one for each connection. Agrees to a connection without TLS, and records what
 * JConsole reads once it is connected.
 */
public final class JConsoleRecorder extends JConsolePlugin {
  /** The property with the path of the record. */
  static final String FILE = "fadvised.test.record";

  private static final String WITHOUT_TLS = "Insecure connection";
  private static final int POLL_MILLIS = 100;

  public JConsoleRecorder() {
    new Timer(
            POLL_MILLIS,
            event -> {
              for (Window window : Window.getWindows()) {
                agree(window);
              }
            })
        .start();
  }

  private static void agree(Container container) {
    for (Component component : container.getComponents()) {
      if (component instanceof JButton button
          && button.isShowing()
          && WITHOUT_TLS.equals(button.getText())) {
        button.doClick();
      } else if (component instanceof Container inner) {
        agree(inner);
      }
    }
  }

  @Override
  public Map<String, JPanel> getTabs() {
    return Map.of();
  }

  /** Called every second while JConsole is connected. */
  @Override
  public SwingWorker<?, ?> newSwingWorker() {
    return new SwingWorker<Void, Void>() {
      @Override
      protected Void doInBackground() throws Exception {
        MBeanServerConnection beans = getContext().getMBeanServerConnection();
        Object process = beans.getAttribute(new ObjectName("java.lang:type=Runtime"), "Pid");
        Object state = beans.getAttribute(new ObjectName("io.fadvised:type=Control"), "State");
        Path record = Path.of(System.getProperty(FILE));
        Path part = Path.of(record + ".part");
        Files.writeString(part, "process %s, %s".formatted(process, state));
        Files.move(part, record, StandardCopyOption.ATOMIC_MOVE);
        return null;
      }
    };
  }
}
