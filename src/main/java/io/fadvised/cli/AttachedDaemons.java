package io.fadvised.cli;

import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.VirtualMachine;
import com.sun.tools.attach.VirtualMachineDescriptor;
import io.fadvised.metrics.ControlMXBean;
import java.io.IOException;
import java.lang.reflect.UndeclaredThrowableException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.stream.Stream;
import javax.management.InstanceNotFoundException;
import javax.management.JMX;
import javax.management.MBeanServerConnection;
import javax.management.ObjectName;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

/** Finds the daemon by its pid file or among the JVMs of this host, and calls it over local JMX. */
final class AttachedDaemons implements Daemons {
  /** The JDK gives up attaching after 10 s; this leaves time for a daemon that is starting. */
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(20);

  /** Longer than the daemon waits for a requested sweep. */
  private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(35);

  private final Path pidFile;
  private final boolean pidFileOnly;
  private final DaemonProcess processes;

  /**
   * @param pidFileOnly whether to ignore daemons other than that of the pid file
   */
  AttachedDaemons(Path pidFile, boolean pidFileOnly, Path procRoot) {
    this.pidFile = pidFile;
    this.pidFileOnly = pidFileOnly;
    processes = new DaemonProcess(procRoot);
  }

  @Override
  public Optional<Long> find() {
    return Stream.concat(fromPidFile().stream(), pidFileOnly ? Stream.empty() : jvms())
        .filter(process -> process != ProcessHandle.current().pid())
        .filter(processes::isDaemon)
        .findFirst();
  }

  @Override
  public <T> T ask(long process, Function<ControlMXBean, T> question)
      throws DaemonUnavailableException {
    try (Link link = connect(process)) {
      return link.ask(question);
    }
  }

  @Override
  public Link connect(long process) throws DaemonUnavailableException {
    return new AttachedLink(process, withTimeout(process, CONNECT_TIMEOUT, () -> attach(process)));
  }

  private record AttachedLink(long process, JMXConnector connector) implements Link {
    @Override
    public <T> T ask(Function<ControlMXBean, T> question) throws DaemonUnavailableException {
      return withTimeout(
          process,
          ANSWER_TIMEOUT,
          () -> {
            MBeanServerConnection server = connector.getMBeanServerConnection();
            ObjectName name = new ObjectName(ControlMXBean.NAME);
            return question.apply(JMX.newMXBeanProxy(server, name, ControlMXBean.class));
          });
    }

    @Override
    public void close() {
      try {
        withTimeout(
            process,
            CONNECT_TIMEOUT,
            () -> {
              connector.close();
              return true;
            });
      } catch (DaemonUnavailableException e) {
        // the connection ends with either process
      }
    }
  }

  private static <T> T withTimeout(long process, Duration timeout, Callable<T> work)
      throws DaemonUnavailableException {
    FutureTask<T> answer = new FutureTask<>(work);
    Thread asking = new Thread(answer, "fadvised-ask");
    asking.setDaemon(true); // a hung attach or RMI call must not keep the command alive
    asking.start();
    try {
      return answer.get(timeout.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      if (cause instanceof IllegalArgumentException || cause instanceof IllegalStateException) {
        throw (RuntimeException) cause; // thrown by the daemon
      }
      throw new DaemonUnavailableException(process, why(cause), e);
    } catch (TimeoutException e) {
      throw new DaemonUnavailableException(
          process, "not responding for " + timeout.toSeconds() + " s", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DaemonUnavailableException(process, "interrupted", e);
    }
  }

  private Optional<Long> fromPidFile() {
    try {
      return number(Files.readString(pidFile).strip());
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** Returns the visible JVMs that run fadvised; empty in a Java without jdk.attach. */
  private static Stream<Long> jvms() {
    try {
      return VirtualMachine.list().stream()
          .filter(jvm -> jvm.displayName().contains("io.fadvised"))
          .map(VirtualMachineDescriptor::id)
          .flatMap(id -> number(id).stream())
          .sorted();
    } catch (LinkageError e) {
      return Stream.empty();
    }
  }

  private static Optional<Long> number(String text) {
    return text.matches("[0-9]{1,10}") ? Optional.of(Long.valueOf(text)) : Optional.empty();
  }

  @SuppressWarnings("BanJNDI") // the address comes from the daemon itself, and names no directory
  private static JMXConnector attach(long process) throws IOException, AttachNotSupportedException {
    JMXServiceURL address = new JMXServiceURL(localAddress(process));
    if (address.getURLPath().startsWith("/jndi/")) {
      throw new IOException("unexpected JMX address: " + address);
    }
    return JMXConnectorFactory.connect(address);
  }

  private static String localAddress(long process) throws IOException, AttachNotSupportedException {
    VirtualMachine jvm = VirtualMachine.attach(Long.toString(process));
    try {
      return jvm.startLocalManagementAgent();
    } finally {
      jvm.detach();
    }
  }

  private static String why(Throwable failure) {
    Throwable cause =
        failure instanceof UndeclaredThrowableException wrapped && wrapped.getCause() != null
            ? wrapped.getCause()
            : failure;
    if (cause instanceof InstanceNotFoundException) {
      return "no JMX control (still starting, or another version)";
    }
    if (cause instanceof LinkageError) {
      return "this Java has no jdk.attach module";
    }
    return Sentences.of(cause);
  }
}
