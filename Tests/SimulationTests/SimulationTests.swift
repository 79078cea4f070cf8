import Simulation
import Testing

@Suite("Simulation") struct SimulationTests {}
