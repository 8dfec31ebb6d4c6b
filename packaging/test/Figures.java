import com.sun.tools.attach.VirtualMachine;
import java.util.TreeSet;
import javax.management.MBeanServerConnection;
import javax.management.ObjectName;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

/** Prints JMX figures of a running fadvised for soak and scale, as key=value on one line. */
public final class Figures {
  private static final String HOST = "io.fadvised:type=Host,name=";

  public static void main(String[] args) throws Exception {
    VirtualMachine daemon = VirtualMachine.attach(args[0]);
    String address = daemon.startLocalManagementAgent();
    daemon.detach();
    try (JMXConnector connector = JMXConnectorFactory.connect(new JMXServiceURL(address))) {
      print(connector.getMBeanServerConnection());
    }
  }

  private static void print(MBeanServerConnection server) throws Exception {
    TreeSet<String> devices = new TreeSet<>();
    int ofDevices = 0;
    for (ObjectName name : server.queryNames(new ObjectName("io.fadvised:type=Device,*"), null)) {
      devices.add(name.getKeyProperty("device"));
      ofDevices++;
    }
    System.out.printf(
        "beans=%d beans_of_devices=%d devices=%s sweeps=%s evictions=%s sweep_micros=%.0f sweep_mean=%.0f%n",
        server.getMBeanCount(),
        ofDevices,
        String.join(",", devices),
        server.getAttribute(new ObjectName(HOST + "sweeps"), "Value"),
        server.getAttribute(new ObjectName(HOST + "evictions"), "Value"),
        server.getAttribute(new ObjectName(HOST + "sweep-time"), "50thPercentile"),
        server.getAttribute(new ObjectName(HOST + "sweep-time"), "Mean"));
  }
}
