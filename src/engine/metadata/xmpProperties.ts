/**
 * The properties of XMP that a cloaked file may have, by namespace, and from which policy on. Prefixes are free in a file; those
 * here are what is written.
 */
import type { Stays } from './scrub';

export const RDF = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#';
export const XML = 'http://www.w3.org/XML/1998/namespace';
export const XMLNS = 'http://www.w3.org/2000/xmlns/';

export interface Namespace {
  prefix: string;
  /** Names of properties, from which policy on they stay. */
  properties: ReadonlyMap<string, Stays>;
}

function namespace(prefix: string, lists: Partial<Record<Stays, string>>): Namespace {
  const entries = (['private', 'all'] as const).flatMap((stays) => (lists[stays] ?? '').split(' ').filter(Boolean).map((name): [string, Stays] => [name, stays]));
  return { prefix, properties: new Map(entries) };
}

/** As they are shot: what EXIF says, in XMP's words. */
const SHOT =
  'ExifVersion FlashpixVersion ColorSpace ComponentsConfiguration CompressedBitsPerPixel PixelXDimension PixelYDimension UserComment DateTimeOriginal DateTimeDigitized ' +
  'ExposureTime FNumber ExposureProgram ISOSpeedRatings ShutterSpeedValue ApertureValue BrightnessValue ExposureBiasValue MaxApertureValue SubjectDistance MeteringMode ' +
  'LightSource Flash FocalLength SubjectArea FlashEnergy FocalPlaneXResolution FocalPlaneYResolution FocalPlaneResolutionUnit SubjectLocation ExposureIndex SensingMethod ' +
  'FileSource SceneType CustomRendered ExposureMode WhiteBalance DigitalZoomRatio FocalLengthIn35mmFilm SceneCaptureType GainControl Contrast Saturation Sharpness SubjectDistanceRange';

const PLACE =
  'GPSVersionID GPSLatitude GPSLongitude GPSAltitudeRef GPSAltitude GPSTimeStamp GPSSatellites GPSStatus GPSMeasureMode GPSDOP GPSSpeedRef GPSSpeed GPSTrackRef GPSTrack ' +
  'GPSImgDirectionRef GPSImgDirection GPSMapDatum GPSDestLatitude GPSDestLongitude GPSDestBearingRef GPSDestBearing GPSDestDistanceRef GPSDestDistance GPSProcessingMethod ' +
  'GPSAreaInformation GPSDifferential GPSHPositioningError';

export const NAMESPACES: ReadonlyMap<string, Namespace> = new Map([
  ['http://purl.org/dc/elements/1.1/', namespace('dc', { private: 'title description creator contributor publisher rights subject format type date language', all: 'coverage identifier source' })],
  ['http://ns.adobe.com/xap/1.0/', namespace('xmp', { private: 'CreateDate ModifyDate MetadataDate CreatorTool Rating Label' })],
  ['http://ns.adobe.com/xap/1.0/rights/', namespace('xmpRights', { private: 'Marked UsageTerms WebStatement', all: 'Owner Certificate' })],
  ['http://ns.adobe.com/xap/1.0/mm/', namespace('xmpMM', { all: 'DocumentID InstanceID OriginalDocumentID' })],
  ['http://ns.adobe.com/photoshop/1.0/', namespace('photoshop', {
    private: 'Headline Credit Source DateCreated AuthorsPosition Category SupplementalCategories Instructions Urgency ColorMode ICCProfile',
    all: 'City State Country CaptionWriter TransmissionReference',
  })],
  ['http://ns.adobe.com/tiff/1.0/', namespace('tiff', {
    private: 'Make Model Software DateTime Artist Copyright ImageDescription ImageWidth ImageLength XResolution YResolution ResolutionUnit WhitePoint PrimaryChromaticities YCbCrCoefficients YCbCrPositioning ReferenceBlackWhite',
  })],
  ['http://ns.adobe.com/exif/1.0/', namespace('exif', { private: SHOT, all: `${PLACE} ImageUniqueID` })],
  ['http://cipa.jp/exif/1.0/', namespace('exifEX', {
    private: 'LensMake LensModel LensSpecification PhotographicSensitivity SensitivityType StandardOutputSensitivity RecommendedExposureIndex ISOSpeed Gamma CompositeImage',
    all: 'BodySerialNumber LensSerialNumber CameraOwnerName',
  })],
  ['http://ns.adobe.com/exif/1.0/aux/', namespace('aux', { private: 'Lens LensInfo LensID Firmware FlashCompensation ApproximateFocusDistance', all: 'SerialNumber LensSerialNumber ImageNumber OwnerName' })],
  ['http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/', namespace('Iptc4xmpCore', {
    private: 'IntellectualGenre Scene SubjectCode AltTextAccessibility ExtDescrAccessibility',
    all: 'Location CountryCode CreatorContactInfo CiAdrExtadr CiAdrCity CiAdrRegion CiAdrPcode CiAdrCtry CiTelWork CiEmailWork CiUrlWork',
  })],
  ['http://iptc.org/std/Iptc4xmpExt/2008-02-29/', namespace('Iptc4xmpExt', {
    private: 'DigitalSourceType',
    all: 'LocationShown LocationCreated Sublocation City ProvinceState CountryName CountryCode WorldRegion LocationName LocationId PersonInImage Event',
  })],
  ['http://www.metadataworkinggroup.com/schemas/regions/', namespace('mwg-rs', { all: 'Regions AppliedToDimensions RegionList Area Name Type Description' })],
  ['http://ns.adobe.com/xap/1.0/sType/Dimensions#', namespace('stDim', { all: 'w h unit' })],
  ['http://ns.adobe.com/xmp/sType/Area#', namespace('stArea', { all: 'x y w h d unit' })],
  ['http://ns.adobe.com/lightroom/1.0/', namespace('lr', { all: 'hierarchicalSubject' })],
  ['http://ns.microsoft.com/photo/1.0/', namespace('MicrosoftPhoto', { private: 'Rating', all: 'CameraSerialNumber LensSerialNumber LastKeywordXMP' })],
  // what others may do with the picture
  ['http://creativecommons.org/ns#', namespace('cc', { private: 'license morePermissions attributionName attributionURL' })],
  ['http://ns.useplus.org/ldf/xmp/1.0/', namespace('plus', { private: 'DataMining OtherConstraints' })],
  // how a panorama is shown
  ['http://ns.google.com/photos/1.0/panorama/', namespace('GPano', {
    private:
      'UsePanoramaViewer ProjectionType CroppedAreaImageWidthPixels CroppedAreaImageHeightPixels FullPanoWidthPixels FullPanoHeightPixels CroppedAreaLeftPixels CroppedAreaTopPixels ' +
      'PosePitchDegrees PoseRollDegrees InitialViewHeadingDegrees InitialViewPitchDegrees InitialViewRollDegrees InitialHorizontalFOVDegrees',
    all: 'PoseHeadingDegrees',
  })],
]);
