package io.fadvised.metrics;

import io.fadvised.engine.DeviceReport;
import io.fadvised.engine.EngineListener;
import io.fadvised.engine.EngineSnapshot;
import java.util.Optional;
import java.util.function.Supplier;
import javax.management.InstanceAlreadyExistsException;
import javax.management.InstanceNotFoundException;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.MalformedObjectNameException;
import javax.management.ObjectName;

/**
 * The MBeans {@code io.fadvised:type=Device,device=loop3} of the attached devices. Holds nothing of
 * a device but its registration. Thread-safe.
 */
public final class DeviceBeans implements EngineListener, AutoCloseable {
  private static final String ALL = JmxExport.DOMAIN + ":type=Device,*";

  private final MBeanServer server;
  private final Supplier<Optional<EngineSnapshot>> last;
  private boolean started;

  /**
   * @param last returns the last snapshot; empty before the first tick
   */
  public DeviceBeans(MBeanServer server, Supplier<Optional<EngineSnapshot>> last) {
    this.server = server;
    this.last = last;
  }

  /** Registers the devices of the last snapshot, and those that appear from now on. */
  synchronized void start() {
    started = true;
    last.get().stream()
        .flatMap(snapshot -> snapshot.devices().stream())
        .forEach(report -> register(report.device().name()));
  }

  /** Unregisters all devices. */
  @Override
  public synchronized void close() {
    started = false;
    try {
      server.queryNames(new ObjectName(ALL), null).forEach(this::unregister);
    } catch (MalformedObjectNameException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public synchronized void appeared(DeviceReport device) {
    if (started) {
      register(device.device().name());
    }
  }

  @Override
  public synchronized void disappeared(String device) {
    unregister(ObjectNames.device(device));
  }

  private void register(String device) {
    try {
      server.registerMBean(new DeviceBean(device, this), ObjectNames.device(device));
    } catch (InstanceAlreadyExistsException e) {
      // attached again: the MBean reads the new report
    } catch (JMException e) {
      throw new IllegalStateException(device + ": cannot register its MBean: " + e.getMessage(), e);
    }
  }

  private void unregister(ObjectName name) {
    try {
      server.unregisterMBean(name);
    } catch (InstanceNotFoundException e) {
      // not registered
    } catch (JMException e) {
      throw new IllegalStateException(name + " cannot be unregistered: " + e.getMessage(), e);
    }
  }

  /**
   * Returns the last report of a device; empty if there is none yet. Searches them all, which takes
   * less time than the client's request.
   */
  Optional<DeviceReport> report(String device) {
    return last.get().stream()
        .flatMap(snapshot -> snapshot.devices().stream())
        .filter(report -> report.device().name().equals(device))
        .findFirst();
  }
}
