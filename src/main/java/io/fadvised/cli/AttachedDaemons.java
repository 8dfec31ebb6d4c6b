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

/** Finds the daemon by its pid file or among the JVMs of this host, and asks it over local JMX. */
final class AttachedDaemons implements Daemons {
  /** Attaching itself gives up after 10 s; a daemon that has just started may take a little. */
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  /** Longer than the daemon itself waits for a sweep that was asked for. */
  private static final Duration ANSWER_PATIENCE = Duration.ofSeconds(35);

  private final Path pidFile;
  private final boolean onlyThat;
  private final DaemonProcess processes;

  /**
   * Looks for a daemon.
   *
   * @param onlyThat whether no other daemon will do than that of the pid file
   */
  AttachedDaemons(Path pidFile, boolean onlyThat, Path procRoot) {
    this.pidFile = pidFile;
    this.onlyThat = onlyThat;
    processes = new DaemonProcess(procRoot);
  }

  @Override
  public Optional<Long> find() {
    return Stream.concat(fromPidFile().stream(), onlyThat ? Stream.empty() : jvms())
        .filter(process -> process != ProcessHandle.current().pid())
        .filter(processes::isDaemon)
        .findFirst();
  }

  @Override
  public <T> T ask(long process, Function<ControlMXBean, T> question) throws NoAnswerException {
    try (Link link = connect(process)) {
      return link.ask(question);
    }
  }

  @Override
  public Link connect(long process) throws NoAnswerException {
    return new AttachedLink(process, inTime(process, PATIENCE, () -> attach(process)));
  }

  /** Through the daemon's local JMX address. */
  private record AttachedLink(long process, JMXConnector connector) implements Link {
    @Override
    public <T> T ask(Function<ControlMXBean, T> question) throws NoAnswerException {
      return inTime(
          process,
          ANSWER_PATIENCE,
          () -> {
            MBeanServerConnection server = connector.getMBeanServerConnection();
            ObjectName name = new ObjectName(ControlMXBean.NAME);
            return question.apply(JMX.newMXBeanProxy(server, name, ControlMXBean.class));
          });
    }

    @Override
    public void close() {
      try {
        inTime(
            process,
            PATIENCE,
            () -> {
              connector.close();
              return true;
            });
      } catch (NoAnswerException e) {
        // it ends with one of the two processes
      }
    }
  }

  private static <T> T inTime(long process, Duration patience, Callable<T> work)
      throws NoAnswerException {
    FutureTask<T> answer = new FutureTask<>(work);
    Thread asking = new Thread(answer, "fadvised-ask");
    asking.setDaemon(true); // neither a stuck attach nor a stuck RMI call may keep us from ending
    asking.start();
    try {
      return answer.get(patience.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      if (cause instanceof IllegalArgumentException || cause instanceof IllegalStateException) {
        throw (RuntimeException) cause; // its answer
      }
      throw new NoAnswerException(process, why(cause), e);
    } catch (TimeoutException e) {
      throw new NoAnswerException(process, "not responding for " + patience.toSeconds() + " s", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new NoAnswerException(process, "interrupted", e);
    }
  }

  private Optional<Long> fromPidFile() {
    try {
      return number(Files.readString(pidFile).strip());
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** The JVMs that this user may see; none where Java came without the means to attach. */
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
